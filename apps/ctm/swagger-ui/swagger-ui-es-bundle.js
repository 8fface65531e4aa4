// The page at /api/docs/ needs swagger-ui-bundle.js alone.
