import type { Nemesis } from '../nemesis.ts';
import { ofBrokers } from './brokers.ts';
import { ofTheClock } from './clock.ts';
import { ofTheNetwork } from './network.ts';
import { ofProcesses } from './processes.ts';
import { ofTheReport } from './report.ts';
import { ofTheStore } from './storage.ts';
import { ofTheTarget } from './target.ts';
import { uncleanElection } from './unclean-election.ts';

/** Everything that can happen to a restore outside of Kubernetes. */
export const nemeses: readonly Nemesis[] = [
  ...ofProcesses,
  ...ofBrokers,
  ...ofTheNetwork,
  ...ofTheStore,
  ...ofTheReport,
  ...ofTheClock,
  ...ofTheTarget,
  uncleanElection,
];
