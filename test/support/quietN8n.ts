/** n8n writes each node's error to the console, which tests of refusals would fill. Import it before n8n-core. */
process.env.N8N_LOG_LEVEL ??= 'silent';
