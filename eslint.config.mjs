import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const sources = ['ui/**/*.ts', 'ui/**/*.tsx', 'ui/**/*.mts', 'ui-tests/**/*.ts'];

export default tseslint.config(
  {
    ignores: [
      '**/lib/',
      '**/node_modules/',
      '.venv/',
      'build/',
      'dist/',
      'docs/',
      'src/jupyter_tandem/labextension/',
      'ui/packages/*/style/'
    ]
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: sources,
    extends: [
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      importX.flatConfigs.typescript
    ],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: ['ui/packages/*/tsconfig.json', 'ui/tsconfig.tests.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          project: ['ui/packages/*/tsconfig.json', 'ui/tsconfig.tests.json'],
          noWarnOnMultipleProjects: true
        })
      ]
    },
    rules: {
      complexity: ['error', 10],
      'max-lines': ['error', { max: 600, skipBlankLines: false, skipComments: false }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'off',
      'import-x/no-duplicates': 'error',
      'import-x/no-extraneous-dependencies': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', caughtErrors: 'all' }
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // JupyterLab's constructors take options bags and its interfaces start with I.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Index access is checked by noUncheckedIndexedAccess; dataset needs brackets there.
      '@typescript-eslint/dot-notation': 'off'
    }
  },
  {
    // A layer may import the ones below it, and nothing of Lab below `lab`.
    files: ['ui/packages/{protocol,sync,transports,peer}/src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(@jupyterlab/|@lumino/|@jupyter/)',
              message: 'The packages below `lab` run without JupyterLab.'
            },
            {
              regex: '^@jupyter-tandem/lab',
              message:
                'Imports go down only: protocol < sync, transports < peer < lab < lab-extension.'
            }
          ]
        }
      ]
    }
  },
  {
    // Tools for tests are dependencies of the workspace, not of a package.
    files: ['ui/packages/*/tests/**', 'ui/*.mts'],
    rules: { 'import-x/no-extraneous-dependencies': 'off' }
  },
  {
    files: ['**/*.mjs', 'ui/packages/*/style/*.js'],
    languageOptions: { globals: globals.node }
  },
  {
    // Scripts of pages: nobody compiles them.
    files: ['src/jupyter_tandem/**/*.js', 'tests/**/page.js', 'tests/**/*_page.mjs'],
    languageOptions: { globals: globals.browser }
  },
  prettier
);
