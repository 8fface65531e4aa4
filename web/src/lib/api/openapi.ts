/** The OpenAPI document, as far as the server's own one goes. */

export interface Schema {
	$ref?: string;
	type?: string | string[];
	format?: string;
	description?: string;
	enum?: string[];
	items?: Schema;
	properties?: Record<string, Schema>;
	additionalProperties?: Schema | boolean;
	required?: string[];
	oneOf?: Schema[];
	allOf?: Schema[];
	default?: unknown;
	minimum?: number;
	maximum?: number;
	pattern?: string;
}

export interface Parameter {
	name: string;
	in: 'path' | 'query' | 'header';
	description?: string;
	required?: boolean;
	schema: Schema;
	example?: unknown;
}

type Content = Record<string, { schema: Schema }>;

export interface DocumentedOperation {
	tags?: string[];
	summary?: string;
	description?: string;
	operationId: string;
	parameters?: Parameter[];
	requestBody?: { content: Content };
	responses: Record<string, { description: string; content?: Content }>;
}

export interface OpenApi {
	info: { description: string; version: string };
	tags: { name: string; description: string }[];
	paths: Record<string, Record<string, DocumentedOperation>>;
	components: { schemas: Record<string, Schema> };
}
