import BlobStorageS3

/// Which blobs of a cluster are published as objects of their own, and how failures are repeated.
public struct PublicationPolicy: Hashable, Sendable {
    /// The names of the objects begin with it, after the prefix of the store.
    let prefix: PublicationPrefix
    /// The publications that one node works on at the same time.
    public var atOnce = 1
    /// The attempts at one publication; the last failure is final.
    public var attemptsMax = 16
    /// The delay after the first failure; it doubles with each. An outage of five days makes none final.
    public var firstDelayMilliseconds: Int64 = 60_000
    public var delayMillisecondsMax: Int64 = 86_400_000
    /// The time after which a node that has nothing to do looks for what others have left.
    public var intervalMilliseconds: Int64 = 10_000
    /// The same of a node that publishes nothing.
    static let removalMilliseconds: Int64 = 60_000
    /// The time between two lists of multipart uploads, of which the second one shows those that are abandoned: an attempt
    /// records its own within seconds.
    static let abandonedMilliseconds: Int64 = 3_600_000

    /// - Parameter prefix: Names of letters, digits and `-._~` between slashes, at most 128 bytes, not beginning with `segments`,
    ///   `quarantine` or `probe`, which are the store's own.
    /// - Returns: Nil for anything else.
    public init?(prefix: String) {
        guard let prefix = PublicationPrefix(prefix) else { return nil }
        self.prefix = prefix
    }

    /// - Returns: The time until the next attempt; nil if there is none.
    func delay(after attempts: Int) -> Int64? {
        guard attempts < attemptsMax else { return nil }
        // The exponent is bounded so that the shift cannot overflow.
        return min(delayMillisecondsMax, firstDelayMilliseconds << Int64(min(max(0, attempts - 1), 20)))
    }
}

/// What became of a publication, for the operator's log and metrics. Names are those of objects without the file name.
public enum PublicationEvent: Sendable {
    case published(upload: String, name: String)
    /// It will be tried again.
    case postponed(upload: String, reason: String)
    /// It will not be tried again, unless `wharf check --repair` asks for it.
    case givenUp(upload: String, reason: String)
    /// The object of an ended blob is gone.
    case removed(name: String)
    /// The object of an ended blob is still there, and will be removed later.
    case removalFailed(name: String, reason: String)
    /// A multipart upload of this object, which no attempt knows about, is gone.
    case aborted(name: String)
    /// The catalogue could not be asked, and will be later.
    case failed(reason: String)
}
