// `npm run test:kill`: every interruption of a Restore, on the local stack.
import { filesOf, install, onStack, runTests, sayFailures } from '../runner.ts';

const passed = await onStack(async () => {
  await install();
  return await runTests('Interruptions', await filesOf('kill'), { atOnce: 1, leaves: true });
});
sayFailures();
process.exitCode = passed ? 0 : 1;
