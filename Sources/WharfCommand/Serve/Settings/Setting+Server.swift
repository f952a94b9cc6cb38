extension Setting {
    /// All settings in the order of the documentation.
    static let all: [Setting] =
        group(.anyServer, server) + group(.cluster, cluster) + group(.jwt, jwt) + group(.anyServer, site)
        + group(.anyServer, tus) + group(.pictures, imaging) + group(.anyServer, engineLimits)
        + group(.anyServer, transportLimits)

    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The path of the settings file, which cannot be set in that file.
    static let fileName = "config"
    /// The only setting that is read again on SIGHUP.
    static let logLevelName = "log-level"

    static func file(_ name: String, _ target: Target<String>, _ summary: String) -> Setting {
        .text(name, target, summary, expects: "a file") {
            $0
        } write: {
            $0
        }
    }

    static let server: [Setting] = [
        .text(
            "listen", \.listen, "The address to listen on. Port 0 takes any free port; the log shows which.",
            expects: "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
        ) {
            ListenAddress($0)
        } write: {
            $0.description
        },
        .text("data", \.data, "The directory of the store; created if missing.", expects: "a directory") {
            $0.isEmpty ? nil : $0
        } write: {
            $0
        }.applying(to: .directory),
        .choice(
            "durability", \.durability,
            "The failure that acknowledged bytes survive: `power-loss` or `process-crash`."),
        .choice(
            "direct-io", \.directIO,
            "Whether large writes bypass the page cache at `power-loss`: `auto`, where the file system permits it, or `off`."
        ).applying(to: .directory),
        .text(
            "auth", \.auth,
            "Authentication: `none`, `tokens=FILE` for bearer tokens (see `wharf token`), `jwt` for those of an identity "
                + "provider, or both: `tokens=FILE,jwt`.",
            expects: "none, tokens=FILE, jwt or tokens=FILE,jwt"
        ) {
            AuthChoice($0)
        } write: {
            $0.description
        },
        .onOff(
            "insecure", \.isInsecure,
            "Permit what is unsafe without authentication: an address reachable from other machines, pages of any origin, "
                + "and any host."),
        file(
            "tls-certificate", \.tlsCertificate,
            "A PEM file with the server's certificate and the intermediate ones; with `tls-key` the server speaks TLS."),
        file("tls-key", \.tlsKey, "A PEM file with the unencrypted private key of `tls-certificate`."),
        file(
            "tls-client-authorities", \.tlsClientAuthorities,
            "A PEM file of certificate authorities: clients then have to present a certificate that one of them issued."
        ),
        .text(
            fileName, \.config,
            "A JSON file with one object of settings by these names. Cannot be set in that file.", expects: "a file"
        ) {
            $0
        } write: {
            $0
        },
        .choice(logLevelName, \.logLevel, "The lowest level that is logged. SIGHUP reads it again."),
        .choice("log-format", \.logFormat, "The log format: `text` or `json`."),
        .text(
            "access-log", \.accessLog,
            "Log each request as a line of JSON: `off`, `-` for standard output, or a file, which SIGHUP opens again.",
            expects: "off, - or a file"
        ) {
            AccessLogChoice($0)
        } write: {
            $0.description
        },
        .onOff(
            "access-log-targets", \.logsTargets,
            "Log the path and the query of each request, too, which may contain names of files."
        ).applying(to: .accessLog),
        .onOff("metrics", \.isMetricsOn, "Serve `/metrics` to operators."),
        .onOff("page", \.isPageOn, "Serve the page at `/` for uploading and viewing photos."),
        .number("threads", \.threads, from: 1, "Threads for file I/O and hashing.").applying(to: .directory),
        .number(
            "event-loop-threads", \.eventLoopThreads, "Threads that serve connections; 0 is one per processor."),
        .duration(
            "reload-interval", \.reloadIntervalMilliseconds,
            "Interval at which the server looks for changes of the token file, the keys of JWTs, the TLS files and the "
                + "credentials of the bucket; 0 to reload them by SIGHUP only."),
        .duration(
            "sweep-interval", \.sweepIntervalMilliseconds, from: 1,
            "Interval of the sweep that removes expired uploads."),
        .duration(
            "scrub-interval", \.scrubIntervalMilliseconds,
            "Interval of scrubs, which verify all stored bytes, from the start of one to the next; 0 disables them. The nodes "
                + "of a cluster make one together, whose requests some buckets charge: see docs/cluster.md."),
        .size(
            "scrub-rate", \.scrubRate, from: 64 << 10,
            "Bytes that a scrub reads per second, all nodes of a cluster together; there a request counts for 128 KiB at "
                + "least."
        ).applying(to: .scrub),
        .duration(
            "shutdown-grace", \.shutdownGraceMilliseconds,
            "Time for requests in progress to complete after SIGTERM."),
    ]
}
