/// Where bytes go. A sink knows offsets and nothing of sessions.
///
/// Laws:
/// - `write` puts all bytes at the offset or throws; a throw leaves unspecified bytes there and touches none elsewhere;
/// - writes to offsets that do not overlap may come in any order;
/// - writing the same bytes to the same offset again is the same as writing them once.
///
/// What a returned `write` promises about power loss is the sink's to say, in its own documentation.
public protocol ByteSink {
    associatedtype Failure: Error

    mutating func write(_ bytes: RawSpan, at offset: UInt64) throws(Failure)
}
