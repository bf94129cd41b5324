import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';

/** By these a Restore is found in Temporal's Web UI and CLI. All are of type Keyword and must be registered. */
export const restoreNamespace = defineSearchAttributeKey('RestoreNamespace', SearchAttributeType.KEYWORD);
export const restoreName = defineSearchAttributeKey('RestoreName', SearchAttributeType.KEYWORD);
export const restorePhase = defineSearchAttributeKey('RestorePhase', SearchAttributeType.KEYWORD);

export const allSearchAttributes = [restoreNamespace, restoreName, restorePhase] as const;
