articles = search_knowledge_base(question)
for article in articles:
    print(f"{article['id']}: {article['title']} ({len(article['text'])} characters)")
print(f"{len(articles)} articles found")
