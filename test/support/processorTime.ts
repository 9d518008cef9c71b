/**
 * What something costs the processor, in milliseconds: unlike the clock, it doesn't grow where others use the machine too.
 */
export function processorTime(what: () => void): number {
	const before = process.cpuUsage();
	what();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000;
}
