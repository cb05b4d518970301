/// One annotated example.
public struct Support: Sendable {
    /// The photo.
    public var image: RGBImage
    /// What is known of the object in it.
    public var annotation: Annotation
    /// The id of the image in its dataset, or its file name: a key for caches of features. May be empty.
    public var id: String

    /// Pairs a photo with an annotation.
    public init(image: RGBImage, annotation: Annotation, id: String = "") {
        self.image = image
        self.annotation = annotation
        self.id = id
    }
}

/// A question to a few-shot segmenter: find in the query what the supports show.
///
/// It does not hold the answer; the evaluator keeps the truth for itself.
public struct Episode: Sendable {
    /// The photo to segment.
    public var query: RGBImage
    /// The annotated examples; empty when only ``text`` describes the class.
    public var supports: [Support]
    /// The class in its dataset, 0 for a class of the user.
    public var classID: Int
    /// The name of the class for tables. A segmenter must not read it, see ``text``.
    public var className: String
    /// The words that the segmenter may use, nil when the protocol gives none.
    public var text: String?
    /// The id of the query in its dataset, or its file name: a key for caches of features. May be empty.
    public var queryID: String

    /// Poses a question.
    public init(
        query: RGBImage, supports: [Support], classID: Int = 0, className: String = "", text: String? = nil,
        queryID: String = ""
    ) {
        self.query = query
        self.supports = supports
        self.classID = classID
        self.className = className
        self.text = text
        self.queryID = queryID
    }
}
