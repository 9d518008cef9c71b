import { contract } from './contract';
import { key } from './key';
import { payment } from './payment';

/** What the node does, in the order in which its form lists it. */
export const RESOURCES = [contract, key, payment];
