extension Setting {
    /// Every setting there is, in the order of the documentation.
    static let all: [Setting] = server + tus + imaging + engineLimits + transportLimits

    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Names the file itself, so the file cannot say it.
    static let fileName = "config"

    static let server: [Setting] = [
        .text(
            "listen", \.listen, "Where to listen. Port 0 takes a free one, which the log tells.",
            expects: "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
        ) {
            ListenAddress($0)
        } write: {
            $0.description
        },
        .text("data", \.data, "The directory of the store; it is made if need be.", expects: "a directory") {
            $0.isEmpty ? nil : $0
        } write: {
            $0
        },
        .choice(
            "durability", \.durability,
            "What an acknowledgement survives: `power-loss`, or only a `process-crash`."),
        .text(
            "auth", \.auth,
            "Who may call: `none` asks nobody who they are, `tokens=FILE` wants a bearer token (see `wharf token`).",
            expects: "none or tokens=FILE"
        ) {
            AuthChoice($0)
        } write: {
            $0.description
        },
        .onOff(
            "insecure", \.isInsecure,
            "Serve an address that is not of this machine alone even without authentication."),
        .text(
            fileName, \.config,
            "A JSON file with one object of settings by these names. Not in the file itself.", expects: "a file"
        ) {
            $0
        } write: {
            $0
        },
        .choice("log-level", \.logLevel, "What to log: from this level on."),
        .choice("log-format", \.logFormat, "How a line of the log looks: `text`, or `json` for machines."),
        .onOff("metrics", \.isMetricsOn, "Whether `/metrics` is answered, to operators."),
        .onOff("page", \.isPageOn, "Whether there is a page at `/` on which people upload and look at photos."),
        .number("threads", \.threads, from: 1, "Threads that write, read, sync and hash."),
        .number(
            "event-loop-threads", \.eventLoopThreads, "Threads that serve connections; 0 is one for each processor."),
        .duration(
            "sweep-interval", \.sweepIntervalMilliseconds, from: 1,
            "How often uploads that have expired are looked for."),
        .duration(
            "shutdown-grace", \.shutdownGraceMilliseconds,
            "How long requests under way may take to end when the server is told to stop."),
    ]
}
