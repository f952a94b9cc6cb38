import Glibc

/// What scripts/test-s3 tells the tests; nil elsewhere.
enum BlobStorageS3Environment {
    /// A file of requests signed by botocore.
    static let signatures = variable("WHARF_S3_SIGNATURES")
    /// The location of a bucket of a real engine, whose credentials are in the variables of AWS.
    static let location = variable("WHARF_S3_LOCATION")

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
