import UploadHTTP

extension Setting {
    /// Every field of `HTTPLimits`.
    static let transportLimits: [Setting] = [
        .number(
            "connections-max", \.http.connectionsMax, from: 1,
            "Connections open at once; more wait until one of them ends."),
        .size("header-field-bytes-max", \.http.headerFieldBytesMax, from: 256, "Bytes of one header field."),
        .size("header-bytes-max", \.http.headerBytesMax, from: 256, "Bytes of all header fields of a request."),
        .number("header-fields-max", \.http.headerFieldsMax, from: 1, "Header fields of a request."),
        .size("document-bytes-max", \.http.documentBytesMax, from: 256, "Bytes of a JSON document in a request."),
        .size(
            "memory-document-bytes-max", \.http.memoryDocumentBytesMax, from: 256,
            "Bytes of a JSON document in a request that may have inline assets in Base64."),
        .number(
            "ranges-max", \.http.rangesMax, from: 1, "Ranges of one download; a request for more gets the whole."),
        .size(
            "receive-buffer-bytes-max", \.http.receiveBufferBytesMax, from: 4096,
            "The most that one read from a socket takes in."),
        .size(
            "received-bytes-max", \.http.receivedBytesMax, from: 4096,
            "Bytes of bodies, of all connections together, that wait for the store. Beyond it buffers are small."),
        .duration(
            "header-timeout", \.http.headerTimeoutMilliseconds, from: 1,
            "How long a request's header may take to arrive."),
        .duration(
            "keep-alive-timeout", \.http.keepAliveTimeoutMilliseconds, from: 1,
            "How long a connection may be open without a request."),
        .duration(
            "body-idle-timeout", \.http.bodyIdleTimeoutMilliseconds, from: 1,
            "How long nothing of a body may come. Only time in which the server waits for the client counts."),
        .number(
            "body-bytes-per-second-min", \.http.bodyBytesPerSecondMin,
            "A body that comes slower than this is ended; what arrived of it is kept."),
        .duration(
            "body-rate-window", \.http.bodyRateWindowMilliseconds, from: 1,
            "The time over which the speed of a body is measured."),
        .duration(
            "response-idle-timeout", \.http.responseIdleTimeoutMilliseconds, from: 1,
            "How long a client may take nothing of its answer."),
        .duration(
            "linger", \.http.lingerMilliseconds,
            "How long a connection is read on after an answer that came before the end of the body."),
    ]
}
