/// A destination of bytes by offset. It knows nothing of sessions.
///
/// Laws:
/// - `write` writes all bytes at the offset or throws; a throw leaves unspecified bytes there and changes none
///   elsewhere;
/// - writes to ranges that do not overlap may come in any order;
/// - writing the same bytes to the same offset is idempotent.
///
/// The documentation of each sink states whether a returned `write` survives a power loss.
public protocol ByteSink {
    associatedtype Failure: Error

    mutating func write(_ bytes: RawSpan, at offset: UInt64) throws(Failure)
}
