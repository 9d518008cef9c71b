import { account } from './account';
import { key } from './key';
import { permission } from './permission';
import { plugin } from './plugin';

/** What the node does, in the order in which its form lists it. */
export const RESOURCES = [account, key, permission, plugin];
