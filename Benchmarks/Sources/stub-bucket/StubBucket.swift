import BareServing
import Glibc

/// A bucket that uses little CPU: it counts what a node asks for, and keeps of the objects no more than it is told.
///
///     stub-bucket PORT none|all
///
/// Of S3 it answers what a node sends: HeadBucket, PutObject, GetObject with a range, DeleteObject, DeleteObjects and
/// ListObjectsV2, for any bucket and any signature. With `none` the bytes of objects over 1 KiB are discarded by the kernel;
/// they are read as zeros, which a node refuses as damaged. It verifies `x-amz-checksum-crc32` of objects up to that size,
/// as the test at a node's start requires. `GET /_counts` answers with the counts since the start.
@main
struct StubBucket {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let port = UInt16(arguments[1]), ["none", "all"].contains(arguments[2])
        else { exit(64) }
        let objects = Objects(keptBytesMax: arguments[2] == "all" ? .max : Objects.probeBytesMax)
        BareServer.run(at: port) { BucketConnection($0, objects) }
    }
}
