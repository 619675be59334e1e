import { defineSearchAttributeKey } from '@temporalio/common';

/** Registered on the namespace by the worker; all are Keywords. Never a secret: they are not encoded. */
export const applicationAttribute = defineSearchAttributeKey('SlipwayApplication', 'KEYWORD');
export const componentAttribute = defineSearchAttributeKey('SlipwayComponent', 'KEYWORD');
export const containerAttribute = defineSearchAttributeKey('SlipwayContainer', 'KEYWORD');
export const phaseAttribute = defineSearchAttributeKey('SlipwayPhase', 'KEYWORD');
export const commitAttribute = defineSearchAttributeKey('SlipwayCommit', 'KEYWORD');
export const failureTypeAttribute = defineSearchAttributeKey('SlipwayFailureType', 'KEYWORD');
/** The schedule that started the build, by its name in the definition. */
export const scheduleAttribute = defineSearchAttributeKey('SlipwaySchedule', 'KEYWORD');

export const searchAttributes = [
  applicationAttribute,
  componentAttribute,
  containerAttribute,
  phaseAttribute,
  commitAttribute,
  failureTypeAttribute,
  scheduleAttribute,
];
