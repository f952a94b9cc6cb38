/// The limits of the transport; those of the engine are `Limits`. Times in milliseconds, sizes in bytes.
public struct HTTPLimits: Hashable, Sendable {
    /// Open connections; further ones wait in the listen queue. As many streams of HTTP/2 are answered at once, in all
    /// connections together; further ones are refused, and can be repeated. Each connection needs four descriptors at most,
    /// three of them for its request, its body and its file, and each stream one: an application that embeds the server keeps within
    /// its limit (`DescriptorLimit`).
    public var connectionsMax = 4096
    /// Open connections of one address (of 64 bits of an IPv6 address); further ones are closed at once. 0 for no limit;
    /// there is none for this machine and for trusted proxies. Guests of one hotel share an address.
    public var connectionsPerAddressMax = 1024
    /// One header field, name and value. A concatenation names its parts in one: a thousand URLs.
    public var headerFieldBytesMax = 128 << 10
    /// All header fields of a request together.
    public var headerBytesMax = 144 << 10
    public var headerFieldsMax = 100
    /// A JSON document in a request.
    public var documentBytesMax = 64 << 10
    /// A JSON document with inline assets: 32 of 32 KiB in Base64, and their metadata.
    public var memoryDocumentBytesMax = 1536 << 10
    /// Ranges of one download; a request for more gets the whole content.
    public var rangesMax = 50
    /// Of one read from a socket.
    public var receiveBufferBytesMax = 512 << 10
    /// Received bytes of bodies, across all connections, that wait for the store. Beyond it connections continue with
    /// small buffers of 8 KiB.
    public var receivedBytesMax = 32 << 20
    /// A body in the clear of at least this length is received by the thread that writes it (`BodyTapHandler`), and does
    /// not count in `receivedBytesMax`.
    package var socketBodyBytesMin = 256 << 10

    /// Streams of one connection of HTTP/2 at once.
    public var http2StreamsMax = 100
    /// Bytes of one stream that its client may send before the server has read them; 1 GiB at most.
    public var http2WindowBytes = 128 << 10

    /// From the beginning of a connection, or from the end of its TLS handshake, to the end of its first request's header;
    /// also the time for the handshake.
    public var headerTimeoutMilliseconds: Int64 = 30_000
    /// From the end of a response to the end of the next request's header.
    public var keepAliveTimeoutMilliseconds: Int64 = 75_000
    /// A body that stalls. Only time in which the server waits for the client counts, here and below.
    public var bodyIdleTimeoutMilliseconds: Int64 = 30_000
    /// A body that is slower than this over a window is cut off; received bytes are kept.
    public var bodyBytesPerSecondMin = 128
    public var bodyRateWindowMilliseconds: Int64 = 60_000
    /// A client that does not read its response; over HTTP/2 one that takes less than a frame, 16 KiB, of a stream.
    public var responseIdleTimeoutMilliseconds: Int64 = 60_000
    /// A client that takes its response more slowly than this over a window is cut off; 0 for no limit. Only time in which
    /// bytes wait for the client counts.
    public var responseBytesPerSecondMin = 128
    public var responseRateWindowMilliseconds: Int64 = 60_000
    /// How long input is read and discarded after a response that preceded the end of the body, so that the client
    /// receives the response.
    public var lingerMilliseconds: Int64 = 2_000
    /// Bytes of a body that are read and discarded after a response that needed none of them, so that the connection can take
    /// another request. A larger body ends the connection.
    public var drainBytesMax = 64 << 10
    /// How long the body of a request in progress is still received during a graceful shutdown.
    public var shutdownBodyMilliseconds: Int64 = 500

    public init() {}
}
