import { parseStopCode, type SignedStop } from '../../core/emergencyStop/stopCode';
import { field, type Field } from './form';

/** The code that a person pastes. */
export const stopCode: Field<SignedStop> = field(
	{
		displayName: 'Emergency Stop Code',
		name: 'stopCode',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		placeholder: 'e.g. stop1-f8a2...-1b2c3d4e',
		description:
			'The code that Account > Prepare Emergency Stop gave. Whoever has it can end all session keys of the account, and nothing else.',
	},
	parseStopCode,
);
