import Testing

@testable import WebPage

struct WebPageTests {
    private static let documents = [WebPage.document, WebPage.dropDocument]

    @Test func `the documents and every style names only files that there are`() {
        let texts = Self.documents.map(\.text) + WebPage.names.compactMap { WebPage.resource(named: $0)?.text }
        for text in texts {
            for match in text.matches(of: #/(?:"page/|from "\./)([a-z0-9.-]+)"/#) where match.1 != "settings.json" {
                #expect(WebPage.names.contains(String(match.1)))
            }
        }
    }

    @Test func `no file is there that nothing asks for`() {
        let texts = (Self.documents + WebPage.names.compactMap { WebPage.resource(named: $0) }).map(\.text)
        for name in WebPage.names {
            #expect(texts.contains { $0.contains("/\(name)\"") }, "\(name)")
        }
    }

    @Test func `no file names another host`() {
        // Namespaces and specifications are names; nothing is fetched from them.
        let names = ["http://www.w3.org/2000/svg", "https://tus.io/protocols/resumable-upload"]
        for resource in Self.documents + WebPage.names.compactMap({ WebPage.resource(named: $0) }) {
            let text = names.reduce(resource.text) { $0.replacing($1, with: "") }
            #expect(!text.contains("http://") && !text.contains("https://"))
        }
    }

    @Test func `no file has styles or scripts in its markup, which the policy forbids`() {
        for text in Self.documents.map(\.text) {
            #expect(!text.contains("<style") && !text.contains("style=\"") && !text.contains("<script>"))
            #expect(text.matches(of: #/\son[a-z]+=/#).isEmpty)
        }
    }

    @Test func `a document has every symbol that it shows`() {
        for text in Self.documents.map(\.text) {
            for match in text.matches(of: #/href="#icon-([a-z]+)"/#) {
                #expect(text.contains("<symbol id=\"icon-\(match.1)\""), "\(match.1)")
            }
        }
    }

    @Test func `the policy lets nothing in but the page's own files`() {
        for origin in [nil, "https://content.example"] {
            let policy = WebPage.contentSecurityPolicy(origin)
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
            #expect(!policy.contains("unsafe"))
            #expect(policy.contains("img-src 'self' blob: data:\(origin.map { " " + $0 } ?? "");"))
        }
    }

    @Test func `a digest is that of the bytes`() throws {
        let icon = try #require(WebPage.resource(named: "icon.svg"))
        #expect(icon.digest == PageResource(.icon, icon.bytes).digest)
        #expect(icon.digest.count == 64)
        #expect(PageResource(.icon, []).digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}

extension PageResource {
    fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}
