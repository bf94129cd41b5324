// How a process of the chaos ended is told by its last words, whatever it has said before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingOf } from '../../chaos/ending.ts';

const logged = '{"level":30,"msg":"opened the report"}';

const said: Record<string, { stderr: string[]; ending: [how: string, reason?: string] }> = {
  'a reason to halt': { stderr: [logged, 'TargetTruncated: lost'], ending: ['halted', 'TargetTruncated'] },
  'a reason to give way': { stderr: ['ReportTakenOver: by another'], ending: ['gave way', 'ReportTakenOver'] },
  'first a wait, then a reason to halt': {
    stderr: [logged, 'KafkaUnreachable: no broker answers. Trying again.', 'TargetReplaced: another topic'],
    ending: ['halted', 'TargetReplaced'],
  },
  'several findings': {
    stderr: [logged, 'TargetNotEmpty: Topic a is not empty.', 'Topic b is not empty.'],
    ending: ['halted', 'TargetNotEmpty'],
  },
  'a stack': { stderr: ['TypeError: x is not a function', '    at run (run.ts:1:1)'], ending: ['crashed'] },
  'a wait, then a stack': {
    stderr: ['KafkaUnreachable: nobody answers. Trying again.', 'TypeError: x', '    at run (run.ts:1:1)'],
    ending: ['crashed'],
  },
  'a wait, then nothing but log lines': {
    stderr: ['KafkaUnreachable: nobody answers. Trying again.', logged],
    ending: ['crashed'],
  },
  nothing: { stderr: [], ending: ['crashed'] },
};

for (const [what, { stderr, ending }] of Object.entries(said)) {
  test(`${what}: ${ending.join(' ')}`, () => {
    const found = endingOf({ exitCode: 1, stdout: '', stderr: `${stderr.join('\n')}\n` });
    assert.deepEqual([found.how, ...('reason' in found ? [found.reason] : [])], ending);
  });
}

test('what several findings say is kept whole', () => {
  const found = endingOf({ exitCode: 1, stdout: '', stderr: `${logged}\nTargetNotEmpty: a\nb\n` });
  assert.deepEqual(found, { how: 'halted', reason: 'TargetNotEmpty', message: 'a\nb' });
});

test('done and killed are told by how it ended', () => {
  assert.deepEqual(endingOf({ exitCode: 0, stdout: '{"restore":"done"}', stderr: 'RetentionHeld: held' }), {
    how: 'done',
  });
  assert.deepEqual(endingOf({ signal: 'SIGKILL', stdout: '', stderr: '' }), { how: 'killed', signal: 'SIGKILL' });
});
