import { stringify } from 'yaml';
import { customResourceDefinition } from '../../src/model/resources/crd.ts';
import { credentialsPolicy } from '../../src/model/resources/credentials-policy.ts';
import { credentialsResource } from '../../src/model/resources/credentials.ts';
import { eventHubResource } from '../../src/model/resources/event-hub.ts';
import { restoreResource } from '../../src/model/resources/restore.ts';
import { storageResource } from '../../src/model/resources/storage.ts';

const header = '# Generated from src/model/resources by `npm run crds`; edit there.\n';
const resources = [restoreResource, storageResource, eventHubResource, credentialsResource];

/** The files of this folder by name: every CustomResourceDefinition, and the admission policy beside them. */
export function manifests(): Map<string, string> {
  const files = new Map(
    resources.map((resource) => [`${resource.plural}.yaml`, toYaml([customResourceDefinition(resource)])]),
  );
  return files.set('restore-credentials-policy.yaml', toYaml(credentialsPolicy));
}

function toYaml(objects: readonly object[]): string {
  // No anchors: not every YAML reader in the Kubernetes world takes them.
  return header + objects.map((object) => stringify(object, { lineWidth: 120, aliasDuplicateObjects: false })).join('---\n');
}
