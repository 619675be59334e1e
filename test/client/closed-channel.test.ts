import { expect, test } from 'vitest';
import { endOnClosedChannel } from '../../client/closed-channel.ts';

type Options = Parameters<typeof endOnClosedChannel>[0];
type Next = Parameters<typeof endOnClosedChannel>[1];
type Call = ReturnType<Next>;

const options = {} as Options;
const throwing =
  (message: string): Next =>
  () => {
    throw new Error(message);
  };

test('a call on a closed connection ends as cancelled, and throws nothing', async () => {
  const call = endOnClosedChannel(options, throwing('Channel has been shut down'));
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const messages: unknown[] = [];
  const onReceiveMessage = (message: unknown) => void messages.push(message);
  const metadata = {} as Parameters<Call['start']>[0];
  call.start(metadata, { onReceiveMessage, onReceiveStatus: resolve } as Parameters<
    Call['start']
  >[1]);
  call.sendMessage({});
  call.halfClose();
  expect(await promise).toEqual({ code: 1, details: 'Cancelled on client', metadata });
  // As gRPC's own failed calls do; Temporal's interceptor counts on it.
  expect(messages).toEqual([null]);
});

test('other calls are as they were', () => {
  const call = {} as Call;
  expect(endOnClosedChannel(options, () => call)).toBe(call);
  expect(() => endOnClosedChannel(options, throwing('no such method'))).toThrow('no such method');
});
