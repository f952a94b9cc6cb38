/// The hosts for which a server answers.
///
/// DNS can give any name the address of a server (“rebinding”). For the browser a page of that name and the server are
/// one origin then, so the page may read and change whatever the server offers without authentication. Only the name
/// in the request shows it.
public struct AllowedHosts: Hashable, Sendable {
    private let names: Set<String>?
    private let hasAddresses: Bool

    /// Every host: for servers that authenticate every caller.
    public static let any = AllowedHosts()

    private init() {
        names = nil
        hasAddresses = true
    }

    /// The loopback names and addresses of this machine, and the given hosts.
    ///
    /// - Parameter listening: The host that the server listens on; nil if unknown. If it stands for all addresses of
    ///   the machine, every IP address is admitted: DNS rebinds names, never addresses.
    public init(listening: String?, names: some Sequence<String>) {
        let listening = listening?.lowercased()
        self.names = Set(names.map { $0.lowercased() } + [listening].compactMap(\.self))
        hasAddresses = listening.map { Self.wildcards.contains($0) } ?? false
    }

    public func admits(_ authority: Authority) -> Bool {
        guard let names else { return true }
        let host = authority.host
        if names.contains(host) || Self.isLoopback(host) { return true }
        return hasAddresses && AddressRange.isAddress(host)
    }

    private static let wildcards: Set<String> = ["0.0.0.0", "::"]
    private static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    /// `localhost` and names below it, which never leave the machine (RFC 6761, section 6.3), and loopback addresses.
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || loopback.contains { $0.contains(host) }
    }
}
