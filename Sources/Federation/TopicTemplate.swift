/// A topic name with places for what the wildcards of a filter stood for, such as `site4/{1}/temperature`.
package struct TopicTemplate: Hashable, Sendable {
    package let text: String
}
