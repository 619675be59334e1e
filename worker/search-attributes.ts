import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../workflows/contract/search-attributes.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const keyword = 2;

/**
 * Registers what is missing of Slipway's search attributes on the namespace. Where the worker may
 * not (Temporal Cloud, restricted servers), the error says what to register by hand.
 */
export async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes
    .map(({ name }) => name)
    .filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (cause) {
    throw new Error(
      `namespace ${namespace} lacks the search attributes ${missing.join(', ')} (Keyword), and they could not be registered; register them by hand`,
      { cause },
    );
  }
}
