export * from '@alchemy/aa-alchemy';
