/// The media types of files, guessed by the extensions of their names. Pure.
///
/// Registered types of IANA where there is one, otherwise what browsers and the shared MIME database use.
public enum MediaTypes {
    /// The media type of a file; nil if its name has no extension, or one that is not known.
    ///
    /// - Parameter name: May be a path. Letters of the extension are compared without case.
    public static func guess(fromName name: String) -> String? {
        let last = name.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring().utf8
        guard let dot = last.lastIndex(of: UInt8(ascii: ".")), dot != last.startIndex else { return nil }
        let text = Substring(last[last.index(after: dot)...])
        return byExtension[text.lowercased()]
    }

    private static let byExtension: [String: String] = [
        // Pictures
        "avif": "image/avif", "bmp": "image/bmp", "gif": "image/gif", "heic": "image/heic", "heif": "image/heif",
        "hif": "image/heif", "ico": "image/vnd.microsoft.icon", "jfif": "image/jpeg", "jp2": "image/jp2",
        "jpe": "image/jpeg", "jpeg": "image/jpeg", "jpg": "image/jpeg", "jxl": "image/jxl", "png": "image/png",
        "psd": "image/vnd.adobe.photoshop", "svg": "image/svg+xml", "tif": "image/tiff", "tiff": "image/tiff",
        "webp": "image/webp",
        // Raw pictures of cameras
        "arw": "image/x-sony-arw", "cr2": "image/x-canon-cr2", "cr3": "image/x-canon-cr3", "dng": "image/x-adobe-dng",
        "nef": "image/x-nikon-nef", "orf": "image/x-olympus-orf", "raf": "image/x-fuji-raf",
        "rw2": "image/x-panasonic-rw2",
        // Video
        "3g2": "video/3gpp2", "3gp": "video/3gpp", "avi": "video/x-msvideo", "flv": "video/x-flv",
        "m2ts": "video/mp2t", "m4v": "video/x-m4v", "mkv": "video/matroska", "mov": "video/quicktime",
        "mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "mts": "video/mp2t", "ogv": "video/ogg",
        "webm": "video/webm", "wmv": "video/x-ms-wmv",
        // Audio
        "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff", "amr": "audio/amr", "flac": "audio/flac",
        "m4a": "audio/mp4", "mid": "audio/midi", "midi": "audio/midi", "mka": "audio/matroska", "mp3": "audio/mpeg",
        "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav", "weba": "audio/webm",
        "wma": "audio/x-ms-wma",
        // Text
        "css": "text/css", "csv": "text/csv", "htm": "text/html", "html": "text/html", "ics": "text/calendar",
        "js": "text/javascript", "log": "text/plain", "markdown": "text/markdown", "md": "text/markdown",
        "mjs": "text/javascript", "rtf": "application/rtf", "srt": "application/x-subrip",
        "tsv": "text/tab-separated-values", "txt": "text/plain", "vcf": "text/vcard", "vtt": "text/vtt",
        "xhtml": "application/xhtml+xml", "xml": "application/xml", "xmp": "application/rdf+xml",
        // Data
        "geojson": "application/geo+json", "gpx": "application/gpx+xml", "json": "application/json",
        "jsonl": "application/jsonl", "kml": "application/vnd.google-earth.kml+xml",
        "parquet": "application/vnd.apache.parquet", "sqlite": "application/vnd.sqlite3", "toml": "application/toml",
        "wasm": "application/wasm", "yaml": "application/yaml", "yml": "application/yaml",
        // Documents
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "epub": "application/epub+zip", "odp": "application/vnd.oasis.opendocument.presentation",
        "ods": "application/vnd.oasis.opendocument.spreadsheet", "odt": "application/vnd.oasis.opendocument.text",
        "pdf": "application/pdf", "ppt": "application/vnd.ms-powerpoint",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "ps": "application/postscript", "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        // Archives
        "7z": "application/x-7z-compressed", "bz2": "application/x-bzip2", "gz": "application/gzip",
        "iso": "application/x-iso9660-image", "jar": "application/java-archive", "rar": "application/vnd.rar",
        "tar": "application/x-tar", "tgz": "application/gzip", "xz": "application/x-xz", "zip": "application/zip",
        "zst": "application/zstd",
        // Fonts
        "otf": "font/otf", "ttf": "font/ttf", "woff": "font/woff", "woff2": "font/woff2",
    ]
}
