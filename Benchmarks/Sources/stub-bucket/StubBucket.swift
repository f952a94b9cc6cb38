import BareServing
import Glibc

/// A bucket that costs next to nothing: it counts what a node asks for, and of the objects it keeps no more than it is told.
///
///     stub-bucket PORT none|all [MILLISECONDS]
///
/// Of S3 it answers what a node sends: HeadBucket, PutObject, GetObject with a range, DeleteObject, DeleteObjects and
/// ListObjectsV2, for any bucket and any signature. With `none` the bytes of objects over 1 KiB are discarded by the kernel;
/// they are read as zeros, which a node refuses as damaged. It verifies `x-amz-checksum-crc32` of objects up to that size,
/// as the test at a node's start requires. `GET /_counts` answers with the counts since the start. With MILLISECONDS each
/// PutObject is answered that much later.
@main
struct StubBucket {
    static func main() {
        let arguments = CommandLine.arguments
        guard (3...4).contains(arguments.count), let port = UInt16(arguments[1]),
            ["none", "all"].contains(arguments[2]),
            let delay = arguments.count > 3 ? UInt64(arguments[3]) : 0
        else { exit(64) }
        let objects = Objects(keptBytesMax: arguments[2] == "all" ? .max : Objects.probeBytesMax)
        BareServer.run(at: port) { BucketConnection($0, objects, putDelayNanoseconds: delay * 1_000_000) }
    }
}
