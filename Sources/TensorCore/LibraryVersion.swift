/// The version of swift-fss, as manifests of results and checkpoints record it.
public enum LibraryVersion {
    /// Semantic version.
    public static let current = "0.1.0"
}
