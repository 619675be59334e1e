import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';

import type { Activities } from '../../../workflows/contract/activities.ts';

type Event = NonNullable<History['events']>[number];

export async function eventsOf(handle: WorkflowHandle): Promise<readonly Event[]> {
  return (await handle.fetchHistory()).events ?? [];
}

/** Waits until a workflow's history holds a matching event; the predicate gets all events so far. */
export async function untilEvent(
  client: Client,
  { workflowId }: WorkflowHandle,
  matches: (event: Event, earlier: readonly Event[]) => boolean,
): Promise<void> {
  const earlier: Event[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId },
      waitNewEvent: true,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    for (const event of page.history?.events ?? []) {
      if (matches(event, earlier)) return;
      earlier.push(event);
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== undefined && nextPageToken.length > 0);
  throw new Error(`${workflowId} has ended without the event that the test waits for`);
}

/** For `untilEvent`: a cancel has been asked for. */
export function isCancelRequest(event: Event): boolean {
  return Boolean(event.workflowExecutionCancelRequestedEventAttributes);
}

/** For `untilEvent`: an activity of this type has completed. */
export function isCompletionOf(
  activity: keyof Activities,
): (event: Event, earlier: readonly Event[]) => boolean {
  return (event, earlier) => {
    const scheduled = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    return earlier.some(
      ({ eventId, activityTaskScheduledEventAttributes: attributes }) =>
        attributes?.activityType?.name === activity && String(eventId) === String(scheduled),
    );
  };
}

/** What the Temporal UI shows beside each activity: `[activity type, summary]`, in history's order. */
export function activitySummaries(
  events: readonly Event[],
): readonly (readonly [string, string])[] {
  return events.flatMap((event) => {
    const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (typeof activity !== 'string') return [];
    const summary = event.userMetadata?.summary;
    const text = !summary ? '' : defaultPayloadConverter.fromPayload<string>(summary as Payload);
    return [[activity, text] as const];
  });
}

/** Every payload of an event in bytes, with where it was found. */
export function payloadSizes(
  event: Event,
): readonly { readonly where: string; readonly bytes: number }[] {
  const sizes: { where: string; bytes: number }[] = [];
  const visit = (value: unknown, where: string): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array) {
      sizes.push({ where, bytes: value.data.length });
      return;
    }
    for (const [key, child] of Object.entries(value)) visit(child, `${where}.${key}`);
  };
  visit(event, String(event.eventId));
  return sizes;
}
