public import Foundation

/// Pictures of one episode for a report, small enough to travel in it.
public struct EpisodeFigure: Codable, Sendable, Equatable {
    /// A picture with what it shows.
    public struct Picture: Codable, Sendable, Equatable {
        /// Stands under it.
        public var caption: String
        /// A JPEG file.
        public var jpeg: Data

        /// A picture.
        public init(caption: String, jpeg: Data) {
            self.caption = caption
            self.jpeg = jpeg
        }
    }

    /// Among the best, the middle or the worst.
    public var rank: EpisodeRank
    /// The position of the episode, from 0.
    public var index: Int
    /// The photo that was asked about.
    public var query: String
    /// What was asked for.
    public var className: String
    /// Of the object, 0...1.
    public var iou: Double
    /// Support, truth and result.
    public var pictures: [Picture]

    /// The longer side of a picture at most, in pixels.
    public static let side = 320

    /// An episode whose pictures are there.
    public init(rank: EpisodeRank, index: Int, query: String, className: String, iou: Double, pictures: [Picture]) {
        self.rank = rank
        self.index = index
        self.query = query
        self.className = className
        self.iou = iou
        self.pictures = pictures
    }

    /// Draws an episode.
    ///
    /// - Parameters:
    ///   - rank: why it was chosen.
    ///   - index: its position.
    ///   - reference: its ids.
    ///   - loaded: question and truth.
    ///   - result: the mask that was found.
    ///   - iou: of the object.
    /// - Throws: ``ImageError`` for a picture that cannot be encoded.
    public init(
        rank: EpisodeRank, index: Int, reference: EpisodeReference, loaded: LoadedEpisode, result: BinaryMask, iou: Double
    ) throws(ImageError) {
        let episode = loaded.episode
        let query = episode.query.bounded(Self.side)
        var pictures: [Picture] = []
        func add(_ caption: String, _ image: RGBImage) throws(ImageError) {
            let bytes = try ImageCodec.jpeg(image, file: "\(reference.query), \(caption)", quality: 80)
            pictures.append(Picture(caption: caption, jpeg: Data(bytes)))
        }
        if let support = episode.supports.first {
            let more = episode.supports.count > 1 ? ", 1 of \(episode.supports.count)" : ""
            try add(
                "support: \(support.annotation.kind.rawValue)\(more)",
                support.image.annotated(with: support.annotation).bounded(Self.side))
        }
        let (height, width) = (query.height, query.width)
        try add("truth", query.overlaid(with: loaded.truth.object.resized(height: height, width: width), color: .truth))
        try add("found", query.overlaid(with: result.resized(height: height, width: width), color: .prediction))
        self.init(
            rank: rank, index: index, query: reference.query, className: episode.className, iou: iou, pictures: pictures)
    }
}

/// Episodes of one score, best first.
public struct EpisodeGallery: Codable, Sendable, Equatable {
    /// Names fold, backbone and method.
    public var title: String
    /// The episodes.
    public var episodes: [EpisodeFigure]

    /// A gallery.
    public init(title: String, episodes: [EpisodeFigure]) {
        self.title = title
        self.episodes = episodes
    }

    /// The bytes of all pictures.
    var byteCount: Int { episodes.reduce(0) { $0 + $1.byteCount } }

    /// The same with fewer episodes of every rank.
    ///
    /// - Parameter count: of each rank at most; the most extreme stay.
    func limited(to count: Int) -> EpisodeGallery {
        let kept = EpisodeRank.allCases.flatMap { rank in
            let own = episodes.filter { $0.rank == rank }
            return Array(rank == .worst ? own.suffix(count) : own.prefix(count))
        }
        return EpisodeGallery(title: title, episodes: kept)
    }
}

extension EpisodeFigure {
    fileprivate var byteCount: Int { pictures.reduce(0) { $0 + $1.jpeg.count } }
}

extension RGBImage {
    /// The image with no side longer than a limit; smaller ones stay as they are.
    func bounded(_ side: Int) -> RGBImage {
        let longest = max(height, width)
        if longest <= side { return self }
        return resized(height: max(1, height * side / longest), width: max(1, width * side / longest))
    }
}
