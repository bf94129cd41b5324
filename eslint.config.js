// The rules that keep the map of the house true: which folder may import which, and what a workflow may not touch.
import eslint from '@eslint/js';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

/**
 * Imports point downwards only. Key: a folder. Value: the folders of this project that it may import, besides itself.
 * A folder that is missing in a list is refused there.
 */
const mayImport = {
  'src/model': [],
  'src/telemetry': ['src/model'],
  'src/kafka': ['src/model', 'src/telemetry'],
  'src/storage': ['src/model', 'src/telemetry'],
  'src/report': ['src/model', 'src/telemetry'],
  'src/archive': ['src/model', 'src/telemetry', 'src/kafka', 'src/storage'],
  'src/engine': ['src/model', 'src/telemetry', 'src/kafka', 'src/storage', 'src/archive', 'src/report'],
  'src/kube': ['src/model', 'src/telemetry'],
  workflows: ['src/model'],
  activities: ['src/model', 'src/telemetry', 'src/engine', 'src/kube'],
  'src/operator': ['src/model', 'src/telemetry', 'src/kube', 'activities', 'workflows'],
  'src/pod': [
    'src/model',
    'src/telemetry',
    'src/engine',
    'src/kafka',
    'src/storage',
    'src/archive',
    'src/report',
    'activities',
  ],
  'src/cli': [
    'src/model',
    'src/telemetry',
    'src/engine',
    'src/kafka',
    'src/storage',
    'src/archive',
    'src/report',
    'src/kube',
  ],
  deploy: ['src/model'],
};

/** Folders of which types may be imported all the same: nothing of them runs there. */
const mayImportTypesOf = { workflows: ['activities'] };

const folders = Object.keys(mayImport);

/** Matches what a file of the folder writes to import from one of the others. */
const importsOf = (folder, others) => {
  // Within src/ nobody writes the whole path.
  const paths = others.map((other) => (folder.startsWith('src/') ? other.replace('src/', '(src/)?') : other));
  return `^(\\.\\./)+(${paths.join('|')})/`;
};

/** The rules for the files of a folder, or for one of them that may import other folders besides. */
const directionsOf = (folder, besides = []) => {
  const allowed = [folder, ...mayImport[folder], ...besides];
  const types = mayImportTypesOf[folder] ?? [];
  // Tests may import everything, and are imported by tests alone.
  const refused = [...folders, 'test'].filter((other) => !allowed.includes(other) && !types.includes(other));
  const message = `${folder} may import only: ${allowed.slice(1).join(', ') || 'itself'} (see eslint.config.js).`;
  return {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: importsOf(folder, refused), message },
          ...(types.length > 0 ? [{ regex: importsOf(folder, types), message, allowTypeImports: true }] : []),
          // Workflow code runs in a sandbox: no Node built-ins, no I/O libraries.
          ...(folder === 'workflows' || folder === 'src/model'
            ? [
                {
                  group: [...builtinModules, 'node:*', 'kafkajs', '@kubernetes/*', 'pino', '@aws-sdk/*'],
                  message: `${folder} is deterministic code without I/O.`,
                  allowTypeImports: true,
                },
              ]
            : []),
        ],
      },
    ],
  };
};

const importDirections = folders.map((folder) => ({ files: [`${folder}/**/*.ts`], rules: directionsOf(folder) }));

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.dev', 'test/e2e/artifacts'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // node:test returns promises that its runner awaits by itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite', 'before', 'after'] },
          ],
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  ...importDirections,
  // The demo imports tests, too: their Java programs write its records and compare them.
  { files: ['deploy/dev/demo.ts'], rules: directionsOf('deploy', ['test']) },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Workflows are deterministic: state comes in by arguments and messages.' },
        { name: 'setInterval', message: 'Use sleep() or condition() of @temporalio/workflow.' },
      ],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
