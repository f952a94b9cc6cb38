/// The web page for uploading and viewing photos. Its files are part of the binary.
public enum WebPage {
    /// The document at `/`.
    public static let document = PageResource(.html, PackageResources.index_html)

    /// The document at `/drop`, for guests with an upload link.
    public static let dropDocument = PageResource(.html, PackageResources.drop_html)

    /// A file below `/page/`; nil if there is none of that name.
    public static func resource(named name: some StringProtocol) -> PageResource? {
        resources[String(name)]
    }

    /// The names of all files below `/page/`.
    public static var names: Set<String> { Set(resources.keys) }
}
