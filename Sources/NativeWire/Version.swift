/// The release that this is.
public enum Version {
    public static let current = "0.2.0"
}
