/// The page on which people upload and look at their photos: what a browser asks for by path, from the binary itself.
public enum WebPage {
    /// The document at `/`.
    public static let document = PageResource(.html, PackageResources.index_html)

    /// What lies below `/page/`; nil if there is nothing of that name.
    public static func resource(named name: some StringProtocol) -> PageResource? {
        resources[String(name)]
    }

    /// The names of everything below `/page/`.
    public static var names: Set<String> { Set(resources.keys) }
}
