import NIOCore
import NIOHTTP2

extension HTTPLimits {
    /// Windows end at 2^31 − 1 (RFC 9113 §6.9.1).
    private static let settingMax = 1 << 30
    /// Resets, errors and control frames (`PING`, `SETTINGS`) of one connection in half a minute; more of either end it
    /// (RFC 9113 §10.5, CVE-2023-44487).
    private static let abusiveFramesMax = 200
    private static let abuseWindow = TimeAmount.seconds(30)
    /// `CONTINUATION` frames in sequence: a header of `headerBytesMax` needs nine.
    private static let continuationFramesMax = 16

    /// How the connections of HTTP/2 are limited.
    var http2: NIOHTTP2Handler.Configuration {
        let windowBytes = min(http2WindowBytes, Self.settingMax)
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: min(http2StreamsMax, Self.settingMax)),
            HTTP2Setting(parameter: .maxHeaderListSize, value: min(headerBytesMax, Self.settingMax)),
            HTTP2Setting(parameter: .initialWindowSize, value: windowBytes),
        ]
        // The window of the connection opens with each frame that arrives. It never keeps one stream waiting for another.
        connection.targetWindowSize = max(65_535, 2 * windowBytes)
        connection.maximumSequentialContinuationFrames = Self.continuationFramesMax
        connection.controlFrameRateLimit.maximumCount = Self.abusiveFramesMax
        connection.controlFrameRateLimit.windowLength = Self.abuseWindow
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = windowBytes
        stream.outboundBufferSizeHighWatermark = 128 << 10
        stream.outboundBufferSizeLowWatermark = 64 << 10
        stream.streamResetFrameRateLimit.maximumCount = Self.abusiveFramesMax
        stream.streamResetFrameRateLimit.windowLength = Self.abuseWindow
        stream.streamErrorRateLimit.maximumCount = Self.abusiveFramesMax
        stream.streamErrorRateLimit.windowLength = Self.abuseWindow
        return NIOHTTP2Handler.Configuration(connection: connection, stream: stream)
    }
}
