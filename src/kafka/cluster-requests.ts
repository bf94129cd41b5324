import type { Request } from './request.ts';

/** AclOperation.DESCRIBE, whose code is the number of its bit. */
const DESCRIBE_BIT = 1 << 8;

/** DescribeCluster, version 0 (Kafka 2.8): whether the user may describe the cluster, as this broker knows it. */
export const describeCluster: Request<{ errorCode: number; message: string | null; mayDescribe: boolean }> = {
  api: 'DescribeCluster',
  key: 60,
  version: 0,
  flexible: true,
  encode(writer) {
    const includeAuthorizedOperations = true;
    writer.boolean(includeAuthorizedOperations).noTags();
  },
  decode(reader) {
    reader.throttleTime();
    const answer = { errorCode: reader.int16(), message: reader.compactNullableString() };
    reader.compactString(); // cluster id
    reader.int32(); // controller
    reader.compactArray(() => {
      reader.int32(); // node id
      reader.compactString(); // host
      reader.int32(); // port
      reader.compactNullableString(); // rack
      reader.tags();
    });
    // 0 where the cluster may not be described, all bits of a cluster's operations where there is no authorizer.
    const authorizedOperations = reader.int32();
    reader.tags();
    return { ...answer, mayDescribe: (authorizedOperations & DESCRIBE_BIT) !== 0 };
  },
};
