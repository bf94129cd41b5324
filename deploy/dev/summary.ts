import type { Stack } from './state.ts';

/** The addresses of the stack as a person needs them, one a line. */
export function summary({ kafka, temporal, s3, kubernetes }: Stack): string {
  const lines: string[] = [];
  if (kafka !== undefined) lines.push(`Kafka        ${kafka.bootstrap.host}   (pods: ${kafka.bootstrap.pods})`);
  if (temporal !== undefined) {
    lines.push(`Temporal     ${temporal.address.host}   (pods: ${temporal.address.pods})`);
    if (temporal.ui !== undefined) lines.push(`Temporal UI  ${temporal.ui}`);
  }
  if (s3 !== undefined) lines.push(`S3           ${s3.endpoint.host}   (pods: ${s3.endpoint.pods})`);
  if (kubernetes !== undefined) lines.push(`Kubernetes   export KUBECONFIG=${kubernetes.kubeconfig}`);
  return lines.length === 0 ? 'Nothing was set up yet: npm run stack -- up' : lines.join('\n');
}
