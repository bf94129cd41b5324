import { isMap, isScalar, isSeq, parseAllDocuments, visit } from 'yaml';

/** The manifest with these environment variables in each of its containers: with another value, or besides those it has. */
export function withEnvironment(manifest: string, values: Readonly<Record<string, string>>): string {
  return parseAllDocuments(manifest)
    .map((document) => {
      visit(document, {
        Pair(_, { key, value: variables }) {
          if (!isScalar(key) || key.value !== 'env' || !isSeq(variables)) return;
          for (const [name, value] of Object.entries(values)) {
            const known = variables.items.find((item) => isMap(item) && item.get('name') === name);
            if (isMap(known)) known.set('value', value);
            else variables.add(document.createNode({ name, value }));
          }
        },
      });
      return String(document);
    })
    .join('\n');
}
