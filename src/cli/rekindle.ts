#!/usr/bin/env node
import { Command } from 'commander';
import { RekindleError } from '../model/reasons.ts';
import { registerArchive } from './archive.ts';
import { registerBackup } from './backup.ts';
import { exitCodeOf } from './exit-code.ts';
import { registerRestore } from './restore.ts';
import { registerVerify } from './verify.ts';

const program = new Command('rekindle')
  .description(
    'Restores Kafka topics from an archive: killed at any moment, it goes on from the last successful point.',
  )
  .showHelpAfterError();
registerBackup(program);
registerArchive(program);
registerRestore(program);
registerVerify(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof RekindleError)) throw error;
  process.stderr.write(`${error.reason}: ${error.message}\n`);
  process.exitCode = exitCodeOf(error);
}
