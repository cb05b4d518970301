internal import Datasets
internal import Synchronization
internal import TensorCore

/// Draws what ``RegionTasks`` shows: all of it follows from the seed and the photo's content.
struct RegionDrawing: Sendable {
    /// Rises whenever other views or regions are drawn.
    private static let version = "1"

    /// What a photo has.
    struct Contents: Sendable {
        var digest: String
        /// Regions that both views show.
        var regions = 0
        /// The classes with a near view.
        var near: [Int] = []
    }

    let base: any FewShotDataset
    let settings: RegionTasks.Settings
    let store: FeatureStore
    private let recent = RecentRegions()

    init(base: any FewShotDataset, settings: RegionTasks.Settings, store: FeatureStore) {
        (self.base, self.settings, self.store) = (base, settings, store)
    }

    /// What there is of a photo, from the store or by a look at it.
    ///
    /// - Parameters:
    ///   - classes: those of its items.
    ///   - allowed: the classes of all items; a photo with others has no regions.
    func contents(of photo: String, classes: [Int], allowed: Set<Int>) throws -> Contents {
        var contents = Contents(digest: try base.contentDigest(photo))
        let digest = contents.digest
        if settings.hasNearViews {
            contents.near = try classes.filter { classID in
                try known("near \(classID)", digest) { try near(classID, photo, digest) == nil ? 0 : 1 } > 0
            }
        }
        if settings.regions > 0, try base.classIDs(in: photo).isSubset(of: allowed) {
            contents.regions = try known("regions \(settings.regions)", digest) {
                try regions(photo, digest).masks.count
            }
        }
        return contents
    }

    private func known(_ what: String, _ digest: String, _ count: () throws -> Int) throws -> Int {
        let key = ContentKey("region tasks", Self.version, "\(settings.seed)", what, digest)
        let kept = try store.tensors(key) { [try Devices.using(.host) { Tensor([Float(try count())], shape: [1]) }] }
        let found = kept[0].shape == [1] ? Int(exactly: kept[0].scalar) : nil
        if let found, (0...RegionTasks.maximumRegions).contains(found) { return found }
        return try count()
    }

    /// The view that an id stands for.
    func view(_ place: RegionPlace) throws -> PhotoView {
        switch place.kind {
        case .region(let view, _): return try regions(place).views[view]
        case .near(let classID):
            // An item has a near view only where one was found; what is found follows from the same numbers.
            guard let view = try near(classID, place.photo, place.digest) else {
                throw RunError.file(
                    base.labelPlace(place.photo), found: "other labels than before", expected: "the same during a training",
                    advice: "begin again")
            }
            return view
        }
    }

    /// The views and regions of a photo.
    func regions(_ place: RegionPlace) throws -> PhotoRegions {
        let regions = try regions(place.photo, place.digest)
        guard case .region(_, let classes) = place.kind, regions.masks.count != classes.count else { return regions }
        throw RunError.file(
            base.labelPlace(place.photo), found: "\(regions.masks.count) regions", expected: "\(classes.count), as before",
            advice: "begin again with an empty folder of features, or put the labels back")
    }

    private func regions(_ photo: String, _ digest: String) throws -> PhotoRegions {
        try recent.regions(photo) {
            let (image, labels) = (try base.image(photo), try base.classMap(of: photo))
            var random = random("regions", digest)
            return PhotoRegions(of: image, labels: labels, limit: settings.regions, &random)
        }
    }

    private func near(_ classID: Int, _ photo: String, _ digest: String) throws -> PhotoView? {
        var random = random("near \(classID)", digest)
        return PhotoView(near: try base.mask(of: classID, in: photo), &random)
    }

    private func random(_ what: String, _ digest: String) -> TorchRandom {
        let text = "\(settings.seed) \(what) \(digest)"
        return TorchRandom(seed: UInt64(SHA256.hex(text).prefix(8), radix: 16) ?? 0)
    }

    /// Pixels and masks of a view: the number of regions is one of the things that decide its masks.
    func digest(of place: RegionPlace) -> String {
        let view =
            switch place.kind {
            case .region(let view, let classes): "view \(view) with \(classes.count) regions"
            case .near(let classID): "near view of \(classID)"
            }
        return ContentKey("region view", Self.version, "\(settings.seed)", view, place.digest).digest
    }
}

/// The regions of the photos that were asked for last: a photo's items follow each other.
private final class RecentRegions: Sendable {
    private static let capacity = 4
    private let known = Mutex<[(photo: String, regions: PhotoRegions)]>([])

    func regions(_ photo: String, make: () throws -> PhotoRegions) rethrows -> PhotoRegions {
        if let found = known.withLock({ $0.first { $0.photo == photo } }) { return found.regions }
        let made = try make()
        known.withLock { known in
            known.append((photo, made))
            if known.count > Self.capacity { known.removeFirst() }
        }
        return made
    }
}
