import type { Address } from 'viem';
import type { NATIVE } from '../input/token';

/** A token by its contract, or the chain's own money. */
export type Asset = Address | typeof NATIVE;
