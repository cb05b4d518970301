extension Shapes5i {
    /// A picture to order: a class, and what surrounds it.
    ///
    /// The benchmark's own pictures follow from their ``ID``; these follow from choices, for whoever wants to say what is painted (a
    /// stand-in for a text-to-image network).
    public struct Painting: Sendable, Hashable {
        /// The class that is painted, 1...20.
        public var classID: Int
        /// The classes that may stand beside it.
        public var companions: [Int] = []
        /// Chooses the colours and the pattern of the backdrop: the same number is the same kind of place.
        public var place: UInt64 = 0
        /// The share of the picture's side that the object's radius takes.
        public var radius: ClosedRange<Float> = 0.19...0.36
        /// How far from the middle the object may be, 0...0.5 of the side.
        public var offset: Float = 0.2
        /// The share of the clutter that is kept, 0...1.
        public var clutter: Float = 1
        /// A factor of the brightness.
        public var brightness: Float = 1
        /// A factor of the contrast.
        public var contrast: Float = 1
        /// A factor of the shadow's strength.
        public var shadow: Float = 1
        /// A factor of the sensor's noise.
        public var noise: Float = 1
        /// A factor of the blur.
        public var blur: Float = 1

        /// A painting of a class with the settings of a plain photo.
        public init(classID: Int) { self.classID = classID }

        /// Paints it.
        ///
        /// - Parameters:
        ///   - seed: another seed is another picture of the same kind.
        ///   - size: pixels along each side.
        /// - Precondition: classes are 1...20, `size` is 16...8192, `radius` lies in 0.05...0.6.
        public func render(seed: UInt64, size: Int) -> Rendering {
            precondition((16...8192).contains(size), "Shapes5i: a painting's size must be 16...8192, found \(size)")
            precondition(
                radius.lowerBound >= 0.05 && radius.upperBound <= 0.6, "Shapes5i: radius must lie in 0.05...0.6, found \(radius)")
            for classID in [classID] + companions {
                precondition((1...Shapes5i.classCount).contains(classID), "Shapes5i: classes are 1...20, found \(classID)")
            }
            return scene(seed: seed).render(size: size, voidBorder: 0)
        }

        private func scene(seed: UInt64) -> ShapeScene {
            let keys = [seed, 4, UInt64(classID), place]
            var scene = ShapeSceneSampler(allowed: [classID] + companions, classID: classID).scene(keys: keys)
            if companions.isEmpty {
                var layout = ShapeRandom(keys: keys + [5])
                let reach = max(min(offset, 0.5), 0)
                let centre = PlaneVector(layout.uniform(0.5 - reach, 0.5 + reach), layout.uniform(0.5 - reach, 0.5 + reach))
                let side = layout.uniform(radius.lowerBound, radius.upperBound)
                let pose = ShapePose(centre: centre, radius: side, random: &layout)
                scene.objects = [ShapeObject(classID: classID, pose: pose, random: &layout)]
            }
            scene.backdrop = backdrop(scene.backdrop)
            if clutter < 0.5 { scene.foreground = [] }
            scene.lighting = lighting(scene.lighting)
            return scene
        }

        /// The drawn backdrop with the colours and pattern of the place.
        private func backdrop(_ drawn: ShapeBackdrop) -> ShapeBackdrop {
            var random = ShapeRandom(keys: [6, place])
            let kind = ShapeBackdrop(random: &random)
            let share = ShapeMath.clamp(clutter)
            return ShapeBackdrop(
                palette: kind.palette, noise: drawn.noise, noiseCells: kind.noiseCells, persistence: kind.persistence,
                gradient: drawn.gradient, pattern: kind.pattern, patternStrength: kind.patternStrength,
                blobs: Array(drawn.blobs.prefix(Int(Float(drawn.blobs.count) * share + 0.5))),
                strokes: Array(drawn.strokes.prefix(Int(Float(drawn.strokes.count) * share + 0.5))))
        }

        private func lighting(_ drawn: ShapeLighting) -> ShapeLighting {
            ShapeLighting(
                direction: drawn.direction, gradient: drawn.gradient, balance: drawn.balance,
                brightness: drawn.brightness * brightness, contrast: drawn.contrast * contrast,
                shadowLength: drawn.shadowLength, shadowSoftness: drawn.shadowSoftness,
                shadowStrength: min(drawn.shadowStrength * shadow, 0.9), blur: min(drawn.blur * blur, 0.25),
                noise: drawn.noise * noise)
        }
    }
}
