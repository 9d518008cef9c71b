import { parseTag } from '../../../core/input/tag';
import { locatorValue } from '../../../core/input/token';
import { notThat, plainText } from '../../../core/input/shown';
import { addressField, field } from '../../shared/form';

/** A key of the account: from a list, by its tag or by its address. What is typed; which key it is only the chain tells. */
export const keyField = (displayName = 'Session Key') =>
	field(
		{
			displayName,
			name: 'sessionKey',
			type: 'resourceLocator',
			default: { mode: 'list', value: '' },
			required: true,
			description: 'Which key of the smart account is meant',
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					typeOptions: { searchListMethod: 'searchKeys', searchable: true },
				},
				{ displayName: 'By Tag', name: 'tag', type: 'string', placeholder: 'e.g. payroll' },
				{
					displayName: 'Address',
					name: 'address',
					type: 'string',
					placeholder: 'e.g. 0x952222...Afe5',
				},
			],
		},
		(given, name) => {
			const text = plainText(locatorValue(given));
			if (text) return text.replace(/^0X(?=[0-9a-fA-F]{40}$)/, '0x');
			throw notThat(locatorValue(given), name, 'a key', 'Choose a key from the list, or give its tag or its address.');
		},
	);

/** The address of a key that the account doesn't have yet. */
export const newKeyField = (displayName = "Session Key's Address") =>
	addressField({
		displayName,
		name: 'newSessionKey',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x952222...Afe5',
		description:
			"The address of the agent's new key: the agent makes the key with Session Key > Key > Create and gives you the address. Never a private key.",
	});

/** 32 bytes. */
export const tag = field(
	{
		displayName: 'Tag',
		name: 'tag',
		type: 'string',
		default: '',
		placeholder: 'e.g. payroll',
		description:
			'A name to recognize the key by, up to 32 letters. It is stored on the chain, where anyone can read it.',
	},
	parseTag,
);
