import type { ConnectionOptions } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Interceptor>;
type Listener = Parameters<Call['start']>[1];

/**
 * Makes a call on a connection that has been closed end as cancelled. Temporal's interceptor tries
 * calls again from a timer: one that was waiting for its turn when the connection was closed would
 * throw there, where nobody can catch it, and end the process.
 */
export const endOnClosedChannel: Interceptor = (options, nextCall) => {
  try {
    return nextCall(options) as Call;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('shut down')) throw error;
    return cancelledCall();
  }
};

/** What a retry does with a call is all that is there: the message has nowhere to go. */
function cancelledCall(): Call {
  const nothing = (): void => {};
  const call = {
    start: (metadata: Parameters<Call['start']>[0], listener?: Listener): void => {
      // gRPC's CANCELLED, in its own words for a call that this process gave up.
      const status = { code: 1, details: 'Cancelled on client', metadata };
      process.nextTick(() => {
        // As gRPC's own failed calls do: Temporal's interceptor counts on a message before the status.
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.(status);
      });
    },
    sendMessage: nothing,
    sendMessageWithContext: nothing,
    startRead: nothing,
    halfClose: nothing,
    cancelWithStatus: nothing,
    getPeer: () => 'closed',
    getAuthContext: () => null,
  };
  return call as unknown as Call;
}
