public import Datasets

/// The result for one query; paths are relative to the folder of results.
public struct PredictionRecord: Codable, Sendable, Hashable {
    /// The photo.
    public var query: String
    /// The digest of its file, by which it is known again in another place.
    public var sha256: String?
    /// The stem of its results.
    public var name: String
    /// Its height in pixels.
    public var height: Int?
    /// Its width in pixels.
    public var width: Int?
    /// The mask: a PNG of 0 and 255, or with several concepts a palette PNG of their numbers from 1.
    public var mask: String?
    /// The photo with the mask over it.
    public var overlay: String?
    /// Probabilities, a PNG in which 255 is 1; with several concepts each of them has its own.
    public var probability: String?
    /// What the model saw, for a run that explains.
    public var picture: String?
    /// The walk from noise to mask, for a run with figures.
    public var sampling: String?
    /// Error maps at low, medium and high noise, for a run with figures.
    public var errorMaps: String?
    /// Sampling steps that were walked; fewer than asked for where the mask settled. For a run that explains, draws figures or may end early.
    public var steps: Int?
    /// The share of the photo that was found, 0...1.
    public var share: Double?
    /// How sure the model is that the thing is in the photo at all, 0...1: calibrated where the settings name a calibration
    /// (``PredictionSettings/presence``), else the surest pixels (`PresenceScore.standard`); the highest of several concepts.
    public var presence: Float?
    /// The model's own estimate of its mask's IoU, 0...1; for a run that explains.
    public var predictedIoU: Float?
    /// What was found of each concept, in their order; nil for a run without concepts.
    public var concepts: [PredictedConcept]?
    /// The share of the photo that more than one concept reached, where ``overlap`` decided by score: probability times presence; nil for
    /// fewer than two concepts.
    public var contested: Double?
    /// Whether pixels or whole things were decided; nil for fewer than two concepts.
    public var overlap: OverlapRule?
    /// The single things, by concept and then the largest first.
    public var instances: [PredictedInstance]?
    /// What the result owes to the frame before; nil for photos that stand alone, and for a frame that was found by its supports alone.
    public var before: PredictedBefore?
    /// Why a result is missing.
    public var error: String?
}

/// What was found of one concept in one photo.
public struct PredictedConcept: Codable, Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The share of the photo that shows it, 0...1.
    public var share: Double
    /// How sure the model is that it is in the photo at all, 0...1.
    public var presence: Float
    /// Its probabilities, a PNG in which 255 is 1.
    public var probability: String?
    /// What the first look said; nil for a run without one, and for a concept that was absent by its priors already. Where it says that the
    /// concept was not found, probabilities and presence are those of the look.
    public var look: FirstLookOutcome?
}

/// A single thing that was found in a photo. The names of its parts are those of COCO's results.
public struct PredictedInstance: Codable, Sendable, Hashable {
    /// The pixels as COCO's compressed runs.
    public struct Segmentation: Codable, Sendable, Hashable {
        /// Rows and columns of the photo.
        public var size: [Int]
        /// The runs.
        public var counts: String
    }

    /// What it is; nil for a run without a name for it.
    public var concept: String?
    /// The first column and row, width and height of the tight box.
    public var bbox: [Int]
    /// The number of its pixels.
    public var area: Int
    /// The mean probability of its pixels, 0...1.
    public var score: Float
    /// Its pixels.
    public var segmentation: Segmentation
    /// The part of the photo in its box, for a run that writes crops.
    public var crop: String?

    init(_ instance: Instance, concept: String?) {
        let (runs, box) = (instance.runs, instance.box)
        self.concept = concept
        bbox = [box.x0, box.y0, box.width, box.height]
        (area, score) = (instance.area, instance.score)
        segmentation = Segmentation(size: [runs.height, runs.width], counts: runs.compressed)
    }

    /// The thing with its pixels.
    ///
    /// - Parameter className: what it is called without a concept.
    /// - Returns: nil where size and runs do not fit, as in a record that was changed.
    public func instance(className: String) -> Instance? {
        let (size, text) = (segmentation.size, segmentation.counts)
        guard size.count == 2, bbox.count == 4,
            let runs = RunLengthMask(height: size[0], width: size[1], compressed: text.utf8)
        else { return nil }
        return Instance(className: concept ?? className, runs: runs, box: runs.box, area: runs.area, score: score)
    }
}

/// What a prediction decided, for its manifest.
public struct PredictionSettings: Codable, Sendable {
    /// What was shown.
    public var supports: [SupportChoice]
    /// The concepts that were asked for; nil where supports were shown.
    public var concepts: [ChosenConcept]?
    /// The names that were looked for; nil where something was shown.
    public var words: WordChoice?
    /// The files of the supports and concepts, and the weights of ``masker``.
    public var files: [FileRecord]
    /// What relative paths of supports are relative to.
    public var workingFolder: String
    /// The photos, and what their results are called.
    public var queries: [QueryPhoto]
    /// The model; nil for one that did not come from files, whose run cannot be continued.
    public var model: ModelChoice?
    /// How masks were drawn.
    public var sampling: SamplingConfiguration
    /// Probabilities from here on are foreground.
    public var threshold: Float
    /// Photos of a lower presence have an empty mask; nil where all are segmented.
    public var absentBelow: Float?
    /// Whether what the model saw is drawn, too.
    public var explains: Bool
    /// Whether the walk from noise to mask and error maps are drawn, too; nil for not.
    public var figures: Bool?
    /// What made masks of weaker annotations; nil where they were shown as they are.
    public var masker: SupportMaskerChoice?
    /// What judged whether the thing is there; nil for the surest pixels.
    public var presence: PresenceCalibration?
    /// What looked at several concepts before they were drawn; nil where all were drawn.
    public var firstLook: FirstLookChoice?
    /// Whether pixels or whole things were decided where concepts met; nil for pixels.
    public var overlap: OverlapRule?
    /// How single things were told apart; nil for connected parts of any size.
    public var instances: InstanceFinder?
    /// Whether the single things were cut out, too; nil for not.
    public var crops: Bool?
    /// How photos were parted; nil for not.
    public var tiling: PhotoTiling?
    /// The side of the square that photos were resized to for the backbone; nil for the checkpoint's.
    public var resolution: Int?
    /// How the frames of a video helped each other; nil for photos that stood alone.
    public var video: VideoTracking?

    /// A concept that was asked for.
    public struct ChosenConcept: Codable, Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its file.
        public var path: String
        /// `Concept.digest`: what it shows, whatever it is called.
        public var digest: String
    }
}
