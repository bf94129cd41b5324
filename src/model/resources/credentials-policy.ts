import { group, version } from './names.ts';
import { restoreResource } from './restore.ts';

const name = `restore-credentials-namespace.${group}`;
const field = 'sourceCredentialsFrom';

/**
 * The rules of a CustomResourceDefinition cannot see the namespace of their object, so that Credentials of another
 * namespace are refused by an admission policy of their own (and by `parseRestore` where it is not installed).
 */
export const credentialsPolicy: readonly object[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [group],
            apiVersions: [version],
            resources: [restoreResource.plural],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      validations: [
        {
          expression: `object.spec.?${field}.credentialsRef.namespace.orValue(namespaceObject.metadata.name) == namespaceObject.metadata.name`,
          message: `spec.${field}.credentialsRef.namespace: only Credentials of the Restore's own namespace are used.`,
          reason: 'Invalid',
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  },
];
