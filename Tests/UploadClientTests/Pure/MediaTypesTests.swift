import Testing
import UploadClient

@Suite struct MediaTypesTests {
    @Test(arguments: [
        ("kiss.jpg", "image/jpeg"), ("a/b.c/KISS.JPEG", "image/jpeg"), ("film.mov", "video/quicktime"),
        ("x.tar.gz", "application/gzip"), ("notes.md", "text/markdown"), (".hidden.txt", "text/plain"),
    ]) func `types are guessed by the last extension, whatever its case`(_ name: String, _ type: String) {
        #expect(MediaTypes.guess(fromName: name) == type)
    }

    @Test(arguments: ["", "jpg", ".jpg", "a.jpg/b", "a.", "a.unknown", "a/.jpg"])
    func `a name without a known extension has no type`(_ name: String) {
        #expect(MediaTypes.guess(fromName: name) == nil)
    }
}
